"""What makes the course: sources in two languages become notebooks, and answers prove the checks."""
