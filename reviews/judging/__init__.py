"""The judge: what it is asked, what it answers, what that costs, and its versions."""
