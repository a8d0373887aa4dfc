"""What the model is asked to do: prompt in, result out."""
