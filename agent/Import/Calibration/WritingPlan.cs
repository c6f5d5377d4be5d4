using EdgeAgent.Inference;

namespace EdgeAgent.Import.Calibration;

/// <summary>What each window of a self-written text is: documents and conversations in turn, and scripts in turn among those.</summary>
internal sealed class WritingPlan
{
    private static readonly string[] Separators = ["<|endoftext|>", "<|end_of_text|>", "</s>"];

    private readonly TurnText? _turns;
    private readonly IReadOnlyList<int> _ends;
    private readonly int[] _start;
    private readonly bool _hideStart;

    /// <param name="variables">Globals of the chat template.</param>
    /// <param name="ends">End tokens; at least one.</param>
    public WritingPlan(StudentText text, IReadOnlyDictionary<string, object?> variables, IReadOnlyList<int> ends)
    {
        _turns = TurnText.Of(text, variables);
        _ends = ends;
        var prefix = text.Tokenizer.Encode("", addSpecial: true);
        (_start, _hideStart) = prefix.Length > 0 ? (prefix, false) : ([Separator(text, variables)], true);
    }

    /// <summary>
    /// The token that texts follow where the tokenizer adds none: the begin token, an end token, or one that separates texts by its
    /// name; of those the first that has no part in the template, since behind such a one a student writes conversations.
    /// </summary>
    private int Separator(StudentText text, IReadOnlyDictionary<string, object?> variables)
    {
        int?[] candidates = [Named("bos_token"), .. _ends, .. Separators.Select(text.Tokenizer.IdOf), Named("unk_token")];
        return candidates.FirstOrDefault(id => id is { } known && !IsOfTemplate(known)) ?? _ends[0];

        int? Named(string variable) => variables.GetValueOrDefault(variable) is string name ? text.Tokenizer.IdOf(name) : null;
    }

    private bool IsOfTemplate(int id) => _turns is not null
        && (_turns.Opening.Contains(id) || _turns.BeforeAnswer.Contains(id) || _turns.BeforeNextQuestion.Contains(id));

    /// <param name="scripts">First tokens of each script, by id; empty where the student begins as it likes.</param>
    public WrittenWindow Window(int index, IReadOnlyList<bool[]> scripts)
    {
        var conversation = _turns is not null && index % 2 == 1;
        var firstTokens = scripts.Count == 0 ? null : scripts[(_turns is null ? index : index / 2) % scripts.Count];
        return conversation
            ? WrittenWindow.Conversation(_turns!, _ends, firstTokens) : WrittenWindow.Document(_start, _hideStart, firstTokens);
    }
}
