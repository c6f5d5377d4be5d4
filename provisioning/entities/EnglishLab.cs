using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Alphabets;
using EdgeAgent.Privacy.Measuring;

namespace EntityLab;

/// <summary>
/// English: labelled sentences, sentences generated around names and addresses of many countries, and a lexicon of names and places.
/// </summary>
internal static class EnglishLab
{
    /// <summary>Generated sentences of a training.</summary>
    private const int Generated = 15000;

    /// <summary>One of so many sentences is learned in lower case as well: people type without the shift key.</summary>
    private const int LowerLabelled = 6, LowerGenerated = 4;

    public static Lab Create(string data)
    {
        var words = AlphabetWords.Load(data);
        IReadOnlyList<Sentence> Training(int run)
        {
            var generated = new EnglishSentences(new Draw(11 + 100 * run), words).Write(Generated).ToList();
            return [.. words.Labelled, .. generated,
                .. words.Labelled.Where((_, i) => i % LowerLabelled == 0).Concat(generated.Where((_, i) => i % LowerGenerated == 0))
                    .Where(s => s.Text.ToLowerInvariant().Length == s.Text.Length)
                    .Select(s => s with { Text = s.Text.ToLowerInvariant() })];
        }
        var development = LabelledTexts.Columns(Path.Combine(data, "ner/en/en_ewt-ud-dev.iob2"),
            ColumnFormat.Iob2(TokenSpacing.Everywhere)).ConvertAll(Sentence.From);
        // the peer: spaCy en_core_web_sm on the same sentences
        return new Lab(new AlphabetFeatures(), Lexicon.Build(words.Classes), Training, development, Log2Rows: 20)
        {
            Epochs = 10,
            Runs = 6,
            Dropout = 0.1f,
            DropoutDraws = (48, 0),
            LeakWeight = 1,
            Peer = [0.643, 0.693, 0.370],
        };
    }
}
