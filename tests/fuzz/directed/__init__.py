"""A spec that uses every keyword, and mocks that forget one."""
