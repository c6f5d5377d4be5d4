using System.Globalization;

namespace EdgeAgent.Platform.Configuration;

/// <summary>
/// A rule for the value of one option. It stands at the property; the validator, the error messages and the configuration reference
/// read it. A slice may add its own kinds.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class OptionRuleAttribute : Attribute
{
    /// <summary>The values allowed, such that "must be {Allowed}" is a sentence.</summary>
    public abstract string Allowed { get; }

    /// <param name="value">
    /// Numbers and durations as <see cref="double"/> in the key's unit; texts, lists and dictionaries as they are; never null.
    /// </param>
    public abstract bool IsAllowed(object value);

    /// <summary>How a value that is not allowed appears in the message.</summary>
    public virtual string Found(object value) =>
        value is double number ? number.ToString(CultureInfo.InvariantCulture) : $"'{value}'";
}
