"""What runs networks. Each module opens an ONNX file as an :class:`~marque.vision.runtimes.engine.Engine`."""
