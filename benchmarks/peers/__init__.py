"""How each library is driven: train a step, predict, give answers."""
