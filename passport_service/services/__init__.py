"""Use cases: one public function is one thing that a person, a machine or a clock does, in one transaction."""
