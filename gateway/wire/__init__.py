"""The exchange format: protobuf bytes of another region ↔ values of ours."""
