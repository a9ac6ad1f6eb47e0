"""The project's own small language models, trained on the documentation that lies on the machine."""
