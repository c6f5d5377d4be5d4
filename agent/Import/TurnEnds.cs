using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference;
using EdgeAgent.Platform;

namespace EdgeAgent.Import;

/// <summary>Which tokens end an answer.</summary>
internal static class TurnEnds
{
    /// <summary>
    /// The checkpoint's end tokens, and the one its template ends turns with: without it a student goes on and plays the user.
    /// </summary>
    /// <exception cref="ModelFileException">The text side cannot be used.</exception>
    public static IReadOnlyList<int> Of(ICheckpoint checkpoint, string directory, TimeProvider clock, List<string> notes)
    {
        var text = StudentText.Load(directory, checkpoint.Architecture.Vocabulary, foreign: false, clock);
        if (text.EndOfTurn(StudentText.Variables(directory)) is not { } end || checkpoint.EosIds.Contains(end.Id)) return checkpoint.EosIds;
        notes.Add($"{end.Content} ({end.Id}) is added to the end tokens: the template ends turns with it, the checkpoint does not name it");
        return [.. checkpoint.EosIds, end.Id];
    }
}
