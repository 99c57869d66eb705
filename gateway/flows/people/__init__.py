"""People at the console: how they prove who they are, and who gives them which rights."""
