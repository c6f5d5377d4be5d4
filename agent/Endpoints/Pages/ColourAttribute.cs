using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Endpoints.Pages;

/// <summary>A colour as #rrggbb (sRGB).</summary>
internal sealed class ColourAttribute : OptionRuleAttribute
{
    public override string Allowed => "#rrggbb";

    public override bool IsAllowed(object value) =>
        value is string { Length: 7 } text && text[0] == '#' && text[1..].All(char.IsAsciiHexDigit);
}
