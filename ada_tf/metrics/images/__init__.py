"""Where images of an evaluation come from: generators, folders, data sets, arrays."""
