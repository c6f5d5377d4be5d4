using EdgeAgent.Privacy.Entities.Chinese;
using EdgeAgent.Privacy.Measuring;

namespace EntityLab;

/// <summary>
/// Chinese: labelled sentences, sentences generated around names and places, and a lexicon of words, names and divisions.
/// </summary>
internal static class ChineseLab
{
    private const string TrainingFile = "zh_gsdsimp-ud-train.iob2", DevelopmentFile = "zh_gsdsimp-ud-dev.iob2";

    /// <summary>Every so many trainings, one has blanks between the Latin words of the labelled sentences.</summary>
    private const int SpacedEvery = 4;

    public static Lab Create(string data)
    {
        var alphabets = AlphabetWords.Load(data);
        var words = ChineseWords.Load(data, alphabets);
        List<Sentence> Load(string name, TokenSpacing spacing) =>
            LabelledTexts.Columns(Path.Combine(data, "ner/zh", name), ColumnFormat.Iob2(spacing)).ConvertAll(Sentence.From);
        List<Sentence> labelled = Load(TrainingFile, TokenSpacing.None), spaced = Load(TrainingFile, TokenSpacing.BetweenLatin);
        var names = words.Names;
        // every training has made-up sentences of its own: none is learned by heart
        IReadOnlyList<Sentence> Training(int run) =>
        [
            .. run % SpacedEvery == SpacedEvery - 1 ? spaced : labelled,
            .. ChineseFloorSentences.Write(new Draw(7 + 100 * run), names, 2600),
            .. ChronicleSentences.Write(new Draw(8 + 100 * run), names, 1000),
            .. MixedSentences.Write(new Draw(9 + 100 * run), names, alphabets, 600),
        ];
        // the peer: LAC 2.1.2 on the same sentences
        return new Lab(new ChineseFeatures(), words.Build(), Training, Load(DevelopmentFile, TokenSpacing.None), Log2Rows: 20)
        {
            Epochs = 12,
            Runs = 32,
            Dropout = 0.3f,
            DropoutDraws = (88, 44),
            Step = 0.125f,
            Peer = [0.740, 0.645, 0.563],
            PeerCharacters = 0.845,
        };
    }
}
