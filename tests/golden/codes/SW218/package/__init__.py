from .train import main as main
