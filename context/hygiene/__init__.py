"""What is wrong with the documents in use, and what a person does about it."""
