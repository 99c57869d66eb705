"""Our own maintenance (维护): announced to partners, ended, and what is answered while it goes on."""
