"""The plate detector: its data, net, loss, training, evaluation, export and quantisation."""
