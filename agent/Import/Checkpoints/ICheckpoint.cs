using EdgeAgent.Bundles;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// The grid a checkpoint stores a tensor on: blocks of 32 with a scale and possibly a minimum. None for floats, and for grids
/// that a <see cref="QuantizedMatrix"/> cannot hold.
/// </summary>
internal enum BlockGrid
{
    /// <summary>No grid that can be kept.</summary>
    None,

    /// <summary>Levels -8..7.</summary>
    FourBits,

    /// <summary>Levels -128..127; source types of 5 to 8 bits.</summary>
    EightBits,
}

/// <summary>A trained model, read tensor by tensor under the names Hugging Face gives to Llama models.</summary>
internal interface ICheckpoint : IDisposable
{
    /// <summary>The file or directory.</summary>
    string Source { get; }

    /// <summary>What the checkpoint has and is not used, without harm to the answers; sentences.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>The student's name unless the user gives one.</summary>
    string Name { get; }

    /// <summary>Where the weights come from, for the manifest.</summary>
    string Provenance { get; }

    Architecture Architecture { get; }

    /// <summary>Ids that end an answer; at least one.</summary>
    IReadOnlyList<int> EosIds { get; }

    /// <summary>Whether the head shares the embedding's weights.</summary>
    bool TiedHead { get; }

    /// <summary>
    /// Rows first.. of a [rows, columns] tensor as float32, as many as the destination holds. Linears are [out, in], with rotary
    /// pairs half a head apart; vectors have one row.
    /// </summary>
    /// <exception cref="ModelFileException">Missing, or of another shape.</exception>
    void ReadRows(string name, long rows, long columns, long first, Memory<float> destination);

    /// <summary>The grid a tensor is stored on.</summary>
    BlockGrid Grid(string name) => BlockGrid.None;

    /// <summary>
    /// Rows first.. on the tensor's own grid: levels [count, columns], scales (positive) and offsets [count, columns / 32].
    /// </summary>
    void ReadGrid(string name, long rows, long columns, long first, Memory<sbyte> levels, Memory<float> scales, Memory<float> offsets) =>
        throw new ModelFileException(Name, $"a block grid for '{name}'", "none");

    /// <summary>
    /// Writes tokenizer.json, tokenizer_config.json and chat_template.jinja, and the golden prompts and answers of the checkpoint.
    /// </summary>
    /// <returns>What is not used, and what was decided; sentences.</returns>
    IReadOnlyList<string> WriteTokenizer(string directory);
}
