"""How well, steadily and fast new questions are found: the parts of `bench/questions.py`."""
