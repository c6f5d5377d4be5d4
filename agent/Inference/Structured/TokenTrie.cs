using System.Text;
using EdgeAgent.Inference.Structured.Expressions;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Structured;

/// <summary>
/// The bytes of a vocabulary's tokens as trees of common beginnings. Tokens of nothing but plain characters (whole UTF-8 characters that
/// a JSON string holds as they are) are known by their number of characters, too: within a string all of them may come, so that only the
/// others must be walked. Added tokens, special or not, are left out. Immutable, safe for concurrent use.
/// </summary>
internal sealed class TokenTrie
{
    /// <summary>A place in a tree, in depth-first order.</summary>
    /// <param name="End">Index of the first node behind this one's descendants.</param>
    /// <param name="First">Index in the tree's tokens of those that end here.</param>
    /// <param name="Count">How many end here; tokens may have the same bytes.</param>
    /// <param name="Depth">Bytes before this one.</param>
    /// <param name="Byte">Its last byte.</param>
    internal readonly record struct Node(int End, int First, ushort Count, ushort Depth, byte Byte);

    /// <summary>A tree: its nodes, and the ids of its tokens in the order of their bytes.</summary>
    internal sealed record Tree(Node[] Nodes, int[] Ids);

    private readonly byte[][] _tokens;
    private readonly ulong[][] _plain; // [characters - 1][words]: plain tokens of at most so many characters

    /// <param name="tokens">Bytes of each id; empty for ids that must not come.</param>
    /// <param name="vocabulary">Number of ids the student has, at least the number of tokens.</param>
    public TokenTrie(byte[][] tokens, int vocabulary)
    {
        (_tokens, Words) = (tokens, (vocabulary + 63) / 64);
        var ids = Enumerable.Range(0, tokens.Length).Where(id => tokens[id].Length is > 0 and < ushort.MaxValue).ToArray();
        Array.Sort(ids, (a, b) => tokens[a].AsSpan().SequenceCompareTo(tokens[b]) is var order and not 0 ? order : a.CompareTo(b));
        var characters = Array.ConvertAll(ids, id => PlainCharacters(tokens[id]));
        MaxDepth = ids.Length == 0 ? 0 : ids.Max(id => tokens[id].Length);
        (All, Others) = (Build(ids), Build([.. ids.Where((_, i) => characters[i] == 0)]));
        _plain = new ulong[characters.DefaultIfEmpty(0).Max()][];
        for (var length = 0; length < _plain.Length; length++)
        {
            _plain[length] = length == 0 ? new ulong[Words] : [.. _plain[length - 1]];
            for (var i = 0; i < ids.Length; i++)
                if (characters[i] == length + 1) _plain[length][ids[i] / 64] |= 1UL << ids[i] % 64;
        }
    }

    /// <param name="vocabulary">Number of ids the student has.</param>
    public static TokenTrie Of(Tokenizer tokenizer, int vocabulary)
    {
        var tokens = new byte[Math.Min(tokenizer.Size, vocabulary)][];
        for (var id = 0; id < tokens.Length; id++) tokens[id] = tokenizer.Bytes(id).ToArray();
        foreach (var added in tokenizer.Added)
            if (added.Id < tokens.Length) tokens[added.Id] = [];
        return new TokenTrie(tokens, vocabulary);
    }

    /// <summary>Plain characters: what every form of string allows.</summary>
    public static readonly CodePoints Plain = CodePoints.Everything.Except(
        CodePoints.Of((0, 0x1F), ('"', '"'), ('\\', '\\')).Or(CodePoints.LineEnds));

    /// <summary>Words of a mask, 64 ids each.</summary>
    public int Words { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int MaxDepth { get; }

    /// <summary>All tokens.</summary>
    public Tree All { get; }

    /// <summary>Those that are not plain.</summary>
    public Tree Others { get; }

    /// <summary>Characters of the longest plain token.</summary>
    public int MaxPlain => _plain.Length;

    /// <summary>A mask of the plain tokens of at most so many characters.</summary>
    public ReadOnlySpan<ulong> PlainUpTo(int characters) => _plain.Length == 0 ? new ulong[Words]
        : _plain[Math.Min(characters, _plain.Length) - 1];

    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : [];

    /// <summary>Characters of a plain token; 0 for another.</summary>
    private static int PlainCharacters(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (; !bytes.IsEmpty; count++)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) != System.Buffers.OperationStatus.Done) return 0;
            if (rune.Value < ' ' || rune.Value is '"' or '\\' or 0x2028 or 0x2029) return 0;
            bytes = bytes[used..];
        }
        return count;
    }

    /// <param name="ids">In the order of their bytes.</param>
    private Tree Build(int[] ids)
    {
        var nodes = new List<Node>(ids.Length * 2);
        var open = new Stack<int>(); // nodes of the last token
        var last = Array.Empty<byte>();
        for (var i = 0; i < ids.Length; i++)
        {
            var token = _tokens[ids[i]];
            var shared = token.AsSpan().CommonPrefixLength(last);
            while (open.Count > shared) Close();
            for (var depth = shared; depth < token.Length; depth++)
            {
                open.Push(nodes.Count);
                nodes.Add(new Node(0, i, 0, (ushort)depth, token[depth]));
            }
            var end = open.Peek();
            nodes[end] = nodes[end] with { Count = (ushort)(nodes[end].Count + 1), First = nodes[end].Count == 0 ? i : nodes[end].First };
            last = token;
        }
        while (open.Count > 0) Close();
        return new Tree([.. nodes], ids);

        void Close()
        {
            var index = open.Pop();
            nodes[index] = nodes[index] with { End = nodes.Count };
        }
    }
}
