"""Partner files become live, are kept in every version, are compared, brought back, and tried out before."""
