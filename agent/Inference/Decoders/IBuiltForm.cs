namespace EdgeAgent.Inference.Decoders;

/// <summary>A form whose model is compiled for the device before it can serve, which takes minutes.</summary>
internal interface IBuiltForm : IDecoderForm
{
    /// <summary>Ways to build it, the best first: a builder may refuse one and take the next.</summary>
    IReadOnlyList<string> Variants { get; }

    /// <summary>Whether one of them is built already, and its seal holds.</summary>
    bool IsBuilt(OpenModel model, DecoderOptions options);

    /// <summary>Builds a variant into <see cref="DecoderOptions.Devices"/>, lets it answer once, and seals it.</summary>
    /// <param name="progress">Gets a line at each stage.</param>
    /// <exception cref="EngineException">The builder refuses, or what it built does not work; the message has its words.</exception>
    /// <exception cref="IOException">The store cannot be written.</exception>
    void Build(OpenModel model, DecoderOptions options, string variant, Action<string> progress);
}

/// <summary>There are no engines for a student, or they cannot be built.</summary>
internal sealed class EngineException(string message, Exception? inner = null) : Exception(message, inner);
