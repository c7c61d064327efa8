"""Stories that run: some people, a policy, and steps with a time each, played through the real services.

``reading`` makes a story of a file, ``player`` plays it, ``steps`` and ``questions`` say what each word does and asks.
"""
