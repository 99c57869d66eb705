"""The door to other regions: gRPC with mutual TLS and a token per call, served and dialled."""
