"""One iteration of training, as the papers have it; to be read in this order.

    config       settings: weights and intervals, Adam, the average
    losses       formulas
    table        which network a formula trains, how often, with which weight
    inputs       tensors that the formulas take: latents, fakes, logits, gradients
    phases       gradients and statistics of one phase
    optimizer    steps of the weights, and the average that follows
    step         an iteration: the phases that are due, on one device or several
    clock        images seen so far, from which all random numbers follow
    stats        statistics between two ticks
    non_finite   NaN and infinity

Formulas, inputs and phases are pure; `step` changes the variables.
"""
