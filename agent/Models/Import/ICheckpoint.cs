namespace EdgeAgent.Models.Import;

/// <summary>A trained model in somebody's format, read tensor by tensor under Hugging Face Llama names.</summary>
public interface ICheckpoint : IDisposable
{
    string Name { get; }
    string Provenance { get; }
    Architecture Architecture { get; }
    IReadOnlyList<int> EosIds { get; }

    /// <summary>Whether the head is the embedding.</summary>
    bool TiedHead { get; }

    /// <summary>A tensor as float32 in the checkpoint's own row-major shape: linears are [out, in].</summary>
    /// <exception cref="ModelFileException">Missing, or of another shape.</exception>
    float[] Read(string name, params long[] shape);

    /// <summary>Writes tokenizer.json, tokenizer_config.json and chat_template.jinja, and what else of the bundle the checkpoint brings.</summary>
    void WriteTokenizer(string directory);
}
