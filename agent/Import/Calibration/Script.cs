using System.Text;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Import.Calibration;

/// <summary>A script that a student may write in: which tokens are words or characters of it, and how much of a text is.</summary>
internal sealed record Script(string Name, Func<Rune, bool> Holds)
{
    public static readonly Script Han = new("Chinese", r => r.Value is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF);

    public static readonly Script Latin = new("English", r => r.Value is >= 'A' and <= 'Z' or >= 'a' and <= 'z');

    public static readonly IReadOnlyList<Script> All = [Latin, Han];

    /// <summary>The tokens that consist of this script alone, after a space or not, by id.</summary>
    public bool[] Tokens(Tokenizer tokenizer, int vocabulary)
    {
        var tokens = new bool[vocabulary];
        for (var id = 0; id < Math.Min(vocabulary, tokenizer.Size); id++)
        {
            if (tokenizer.IsSpecial(id)) continue;
            var text = Encoding.UTF8.GetString(tokenizer.Bytes(id)).TrimStart(' '); // a part of a character becomes U+FFFD
            tokens[id] = text.Length > 0 && text.EnumerateRunes().All(Holds);
        }
        return tokens;
    }

    /// <summary>The share of a text's letters that are of this script, 0..1; 0 without letters.</summary>
    public double Share(string text)
    {
        var letters = text.EnumerateRunes().Where(Rune.IsLetter).ToList();
        return letters.Count == 0 ? 0 : (double)letters.Count(Holds) / letters.Count;
    }
}
