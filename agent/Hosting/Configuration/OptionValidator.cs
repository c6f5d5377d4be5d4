using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>Holds option records against the rules at their properties, and against their own.</summary>
internal static class OptionValidator
{
    /// <summary>What is wrong with a section's options: key, values allowed, value found.</summary>
    public static IReadOnlyList<string> Problems(object options)
    {
        var section = options is AgentSettings ? "" : OptionProperty.Of(typeof(AgentSettings)).Single(o => o.Type == options.GetType()).Key;
        return [.. Problems(options, section)];
    }

    private static IEnumerable<string> Problems(object record, string section)
    {
        foreach (var option in OptionProperty.Of(record.GetType()))
        {
            var path = section.Length == 0 ? option.Key : $"{section}:{option.Key}";
            var value = option.ValueIn(record);
            if (value is not null)
                foreach (var rule in option.Rules.Where(r => !r.IsAllowed(value)))
                    yield return $"{path} must be {rule.Allowed}, found {rule.Found(value)}";
            foreach (var (place, inner) in OptionProperty.RecordsIn(value, path))
                foreach (var problem in Problems(inner, place))
                    yield return problem;
        }
        if (record is not ICheckedOptions options) yield break;
        foreach (var problem in options.Problems(section)) yield return problem;
    }
}
