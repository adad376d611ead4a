"""What judges an answer: its inputs, the reference, the comparison, the mistakes that it knows, and the card."""
