"""An invented county with two years of history, made by the real services with the clock moved.

``county`` says who lives there, ``plan`` what happens to each of them and when, ``play`` makes it happen. The same day
gives the same county every time.
"""
