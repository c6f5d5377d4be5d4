using System.Text;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>Topic names and filters (MQTT 5, section 4.7). Pure.</summary>
internal static class TopicFilter
{
    private const string Any = "+", Rest = "#";

    /// <summary>Whether a message can be sent to it.</summary>
    public static bool IsTopic(string topic) => IsText(topic) && topic.AsSpan().IndexOfAny('+', '#') < 0;

    /// <summary>Whether it can be subscribed: '+' fills a level, '#' is the last one.</summary>
    public static bool IsFilter(string filter)
    {
        if (!IsText(filter)) return false;
        var levels = filter.Split('/');
        for (var i = 0; i < levels.Length; i++)
            if (levels[i] == Rest ? i < levels.Length - 1 : levels[i] != Any && levels[i].AsSpan().IndexOfAny('+', '#') >= 0)
                return false;
        return true;
    }

    /// <summary>
    /// Whether every topic that <paramref name="inner"/> matches is matched by <paramref name="outer"/>. A topic is a filter that
    /// matches itself alone. Wildcards do not reach topics that begin with '$'.
    /// </summary>
    public static bool Covers(string outer, string inner)
    {
        string[] wide = outer.Split('/'), narrow = inner.Split('/');
        if (inner.StartsWith('$') && wide[0] is Any or Rest) return false;
        for (var i = 0; i < wide.Length; i++)
        {
            if (wide[i] == Rest) return true;
            // a '#' is wider than any level
            if (i >= narrow.Length || narrow[i] == Rest) return false;
            if (wide[i] != Any && wide[i] != narrow[i]) return false;
        }
        return narrow.Length == wide.Length;
    }

    private static bool IsText(string text) => text.Length is > 0 and <= Topics.MaxTopicBytes
        && Encoding.UTF8.GetByteCount(text) <= Topics.MaxTopicBytes && text.AsSpan().Count('/') < Topics.MaxLevels
        && text.EnumerateRunes().All(r => !Rune.IsControl(r) && r != Rune.ReplacementChar);
}
