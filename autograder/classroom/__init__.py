"""What keeps a class: its folder and gradebook, collecting, grading in parallel, feedback and the report."""
