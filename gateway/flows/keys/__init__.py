"""Keys over time: what is not believed any more, what partners announce, what an operator decides about it."""
