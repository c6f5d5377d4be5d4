using System.Text;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

/// <summary>Texts in which double square brackets stand around what is to be found: 电话[[13812345678]].</summary>
internal static class Marked
{
    /// <summary>The text of a marked one, marked anew around what a desensitizer finds in it.</summary>
    public static string By(Desensitizer desensitizer, string marked)
    {
        var text = marked.Replace("[[", "", StringComparison.Ordinal).Replace("]]", "", StringComparison.Ordinal);
        var (result, at) = (new StringBuilder(), 0);
        foreach (var finding in desensitizer.Find(text))
        {
            result.Append(text, at, finding.Start - at).Append("[[").Append(text, finding.Start, finding.Length).Append("]]");
            at = finding.End;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }
}
