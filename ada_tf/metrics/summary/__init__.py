"""One page about a generator that was trained on few images: numbers, copies, and what they say."""
