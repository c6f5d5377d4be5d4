namespace EdgeAgent.Inference.Sampling;

/// <summary>No token may come next: the answer's format cannot be held. Neither the student nor the device is at fault.</summary>
internal sealed class NoTokenException(string message = "no token of the student's vocabulary continues the answer in the format asked for")
    : Exception(message);
