"""The same conversations judged again and again: does the judge still judge as it did?"""
