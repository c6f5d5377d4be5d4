using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>The names that the parts of a split model have: NAME-00001-of-00003.gguf, or .safetensors.</summary>
internal static partial class SplitName
{
    [GeneratedRegex(@"-(\d{1,6})-of-(\d{1,6})\.(?:gguf|safetensors)$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }

    /// <summary>Part (from 1) and number of parts; null for another name.</summary>
    public static (int Part, int Of)? Parse(string path) => Pattern.Match(path) is { Success: true } m
        ? (int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
        : null;
}
