namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// One way to run a model on one execution provider: its graph, its session options and its memory. A new one is added to
/// <see cref="DecoderFactory.Forms"/>, and nowhere else.
/// </summary>
internal interface IDecoderForm
{
    /// <summary>The form's name in logs: <c>cpu</c>, <c>foreign</c>, <c>tensorrt-10.3</c>.</summary>
    string Name { get; }

    ExecutionProvider Provider { get; }

    /// <summary>Whether the form can run this model. Cheap: no session is created.</summary>
    bool Accepts(OpenModel model);

    /// <summary>The caller owns the decoder; the model must outlive it.</summary>
    /// <exception cref="Platform.ModelFileException">ONNX Runtime cannot load the model in this form.</exception>
    IDecoder Create(OpenModel model, DecoderOptions options);
}
