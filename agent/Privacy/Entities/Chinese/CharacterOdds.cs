using static EdgeAgent.Privacy.Entities.Chinese.ChineseLexicon;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// How much likelier a character is in names than in running text (log2), and its share of running text (log2).
/// </summary>
/// <param name="Surname">As a surname.</param>
/// <param name="First">As the first of two characters of a given name.</param>
/// <param name="Last">As the last or only character of a given name.</param>
/// <param name="Foreign">In the sound of a foreign name.</param>
/// <param name="Running">Share of running text.</param>
internal readonly record struct CharacterOdds(float Surname, float First, float Last, float Foreign, float Running)
{
    /// <summary>Stands for a character that no name was seen with.</summary>
    public const float None = -5;

    /// <summary>Stands for a character that was not counted in running text.</summary>
    private const float NoShare = -22;

    /// <summary>First character of the CJK Unified Ideographs.</summary>
    private const char FirstHan = '\u4e00';

    /// <summary>Buckets of scores: one a doubling, from 2^-8 on.</summary>
    private const int BucketOffset = 8, MaxBucket = 24;

    private static readonly CharacterOdds NoHan = new(None, None, None, None, NoShare);

    /// <summary>[characters] of a text.</summary>
    public static CharacterOdds[] Of(string text, Lexicon lexicon)
    {
        var odds = new CharacterOdds[text.Length];
        for (var i = 0; i < odds.Length; i++)
            odds[i] = text[i] < FirstHan ? NoHan : new CharacterOdds(Odds(lexicon, SurnameOdds, text[i]),
                Odds(lexicon, FirstOdds, text[i]), Odds(lexicon, LastOdds, text[i]), Odds(lexicon, ForeignOdds, text[i]),
                Share(lexicon, text[i]));
        return odds;
    }

    /// <summary>A score as a small number for features, 0..24.</summary>
    public static uint Bucket(float score) => (uint)Math.Clamp((int)MathF.Floor(score) + BucketOffset, 0, MaxBucket);

    private static float Odds(Lexicon lexicon, char key, char c)
    {
        var weight = lexicon.Find([key, c]).Weight;
        return weight == 0 ? None : (weight - EvenOdds) / OddsScale;
    }

    private static float Share(Lexicon lexicon, char c)
    {
        var weight = lexicon.Find([RunningShare, c]).Weight;
        return weight == 0 ? NoShare : -weight / OddsScale;
    }
}
