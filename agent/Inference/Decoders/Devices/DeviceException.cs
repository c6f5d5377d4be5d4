namespace EdgeAgent.Inference.Decoders.Devices;

/// <summary>A GPU, or the library that drives it, refuses; the message says what was asked and what it answered.</summary>
internal sealed class DeviceException(string message) : Exception(message);
