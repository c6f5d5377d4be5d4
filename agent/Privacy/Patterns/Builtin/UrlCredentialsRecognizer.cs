using System.Buffers;
using System.Net;

namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>
/// Finds addresses with a user and a password in them (RFC 3986, user information), whatever the scheme and the host are: a name, an
/// IPv4 or IPv6 address, with a port or without. People write passwords as they are, with @, : / or # inside. So the user
/// information ends at the last @, and the whole address is the finding. Without a scheme only an IPv4 address is taken for a host
/// (admin:Plant-1@192.168.1.64): other texts of this shape are e-mail addresses with a label.
/// </summary>
internal sealed class UrlCredentialsRecognizer : IRecognizer
{
    /// <summary>Characters that are read before and behind the place where an address shows.</summary>
    private const int MaxScheme = 24, MaxAddress = 400, MaxUser = 64, MaxPort = 5, MinSecret = 16;

    private const string SchemeEnd = "://";

    /// <summary>What ends an address in running text.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create(" \t\r\n<>\"，。；、（）「」“”《》|");

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789.");

    public string Name => "url-credentials";

    public IReadOnlyList<string> Cues { get; } = ["@"];

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        if (!s.Contains('@', StringComparison.Ordinal)) return;
        var last = 0;
        for (var at = IndexOfScheme(s, 0); at >= 0; at = IndexOfScheme(s, Math.Max(at + 1, last)))
        {
            var (start, end) = (SchemeStart(s, last, at), AddressEnd(s, at + SchemeEnd.Length));
            if (start == at || !HasSecret(s.AsSpan(at + SchemeEnd.Length, end - at - SchemeEnd.Length))) continue;
            Add(start, last = end);
        }
        for (var at = s.IndexOf('@', last); at >= 0; at = s.IndexOf('@', at + 1)) AddWithoutScheme(at);

        void Add(int start, int end) =>
            findings.Add(new Finding(text.Start(start), text.End(end), EntityTypes.UrlCredentials, 1, Name, Validated: true));

        void AddWithoutScheme(int at)
        {
            if (at + 1 >= s.Length || !char.IsAsciiDigit(s[at + 1])) return;
            var end = AddressEnd(s, at + 1);
            if (!IsAddress(s.AsSpan(at + 1, end - at - 1))) return;
            var (start, colon) = (at, -1);
            while (start > Math.Max(last, at - 2 * MaxUser) && s[start - 1] is > ' ' and <= '~' and not ('"' or '<' or '>'))
                if (s[--start] == ':') colon = start;
            if (colon > start && colon < at - 1) Add(start, last = end);
        }
    }

    private static int IndexOfScheme(string s, int from) => s.IndexOf(SchemeEnd, from, StringComparison.Ordinal);

    private static int SchemeStart(string s, int min, int at)
    {
        var start = at;
        var limit = Math.Max(min, at - MaxScheme);
        while (start > limit && (char.IsAsciiLetterOrDigit(s[start - 1]) || s[start - 1] is '+' or '.' or '-' or ':')) start--;
        while (start < at && !char.IsAsciiLetter(s[start])) start++;
        return start;
    }

    private static int AddressEnd(string s, int start)
    {
        var rest = s.AsSpan(start, Math.Min(MaxAddress, s.Length - start));
        var end = rest.IndexOfAny(Ends);
        rest = end < 0 ? rest : rest[..end];
        for (var i = 0; i < rest.Length; i++)
            if (rest[i] >= '\u2e80') rest = rest[..i];
        return start + rest.TrimEnd(".,;:!?)'").Length;
    }

    /// <summary>Whether user information with a password, or a token alone, stands before a host.</summary>
    /// <param name="address">What follows the scheme.</param>
    private static bool HasSecret(ReadOnlySpan<char> address)
    {
        var colon = address.IndexOf(':');
        var first = address.IndexOf('@');
        var last = address.LastIndexOf('@');
        if (first < 1 || last == address.Length - 1) return false;
        if (colon < 0 || colon > last) return first >= MinSecret && address[..first].IndexOfAny("/?#") < 0; // a token
        if (colon > MaxUser || address[..colon].IndexOfAny("/?#@") >= 0) return false;
        // host:8080/logo@2x.png is a port and a path, unless an address follows the @
        var digits = colon + 1;
        while (digits < address.Length && char.IsAsciiDigit(address[digits])) digits++;
        var isPort = digits - colon - 1 is > 0 and <= MaxPort && address[digits] is '/' or '?' or '#';
        return colon + 1 < last && (!isPort || IsAddress(address[(last + 1)..]));
    }

    /// <summary>Whether a text begins with an IP address.</summary>
    private static bool IsAddress(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("[")) return true;
        var end = text.IndexOfAnyExcept(AddressCharacters);
        var host = end < 0 ? text : text[..end];
        return host.Count('.') == 3 && IPAddress.TryParse(host, out _);
    }
}
