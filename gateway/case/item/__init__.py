"""What is demanded and promised for one thing people may apply for, and whether a case or another region agrees with it."""
