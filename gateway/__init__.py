"""The 通办 gateway: a case is handled the same way in either region."""
