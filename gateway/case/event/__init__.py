"""What an event may say: supplements, corrections, results, documents, held against what happened before."""
