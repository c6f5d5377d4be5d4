using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Privacy;

/// <summary>The name of an entity type.</summary>
internal sealed class EntityTypeAttribute : OptionRuleAttribute
{
    public const string Rule = "1..48 capital letters, digits and underscores";

    public override string Allowed => Rule;

    public override bool IsAllowed(object value) => value is string type && IsType(type);

    public static bool IsType(string type) =>
        type.Length is > 0 and <= 48 && char.IsAsciiLetterUpper(type[0])
        && type.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
}
