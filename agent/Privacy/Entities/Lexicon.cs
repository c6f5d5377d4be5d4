using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A set of words with up to eight class bits and a weight (quarters of log2 of the frequency) each, kept as fingerprints: a hash
/// of 64 bits gives the slot and 16 bits to compare. The words themselves are not kept. About one probe in 65,536 takes an unknown
/// word for a known one. Immutable and safe for concurrent use.
/// </summary>
public sealed class Lexicon
{
    private const int MaxSlots = 1 << 22;

    private readonly ushort[] _prints;
    private readonly byte[] _classes, _weights;

    private Lexicon(ushort[] prints, byte[] classes, byte[] weights) => (_prints, _classes, _weights) = (prints, classes, weights);

    /// <summary>Makes a lexicon of words; class bits of words that share a fingerprint are joined.</summary>
    /// <param name="words">Words with class bits other than 0 and weight 0..255.</param>
    public static Lexicon Build(IReadOnlyCollection<KeyValuePair<string, (byte Classes, byte Weight)>> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var size = Math.Max(16, words.Count * 3 / 2);
        var lexicon = new Lexicon(new ushort[size], new byte[size], new byte[size]);
        foreach (var (word, (classes, weight)) in words)
        {
            var (slot, print) = lexicon.Place(word);
            while (lexicon._classes[slot] != 0 && lexicon._prints[slot] != print) slot = (slot + 1) % size;
            lexicon._prints[slot] = print;
            lexicon._classes[slot] |= classes;
            lexicon._weights[slot] = Math.Max(lexicon._weights[slot], weight);
        }
        return lexicon;
    }

    /// <summary>The word's class bits, 0 for an unknown word.</summary>
    public byte Classes(ReadOnlySpan<char> word) => Find(word).Classes;

    /// <summary>The word's class bits and weight, zeros for an unknown word.</summary>
    public (byte Classes, byte Weight) Find(ReadOnlySpan<char> word)
    {
        var (slot, print) = Place(word);
        while (_classes[slot] != 0)
        {
            if (_prints[slot] == print) return (_classes[slot], _weights[slot]);
            slot = slot + 1 == _classes.Length ? 0 : slot + 1;
        }
        return default;
    }

    private (int Slot, ushort Print) Place(ReadOnlySpan<char> word)
    {
        var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word));
        return ((int)((hash & 0xffffffff) * (ulong)_classes.Length >> 32), (ushort)(hash >> 48));
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(_prints.Length);
        writer.Write(MemoryMarshal.AsBytes<ushort>(_prints));
        writer.Write(_classes);
        writer.Write(_weights);
    }

    /// <exception cref="InvalidDataException">The number of slots is out of range.</exception>
    internal static Lexicon Read(BinaryReader reader)
    {
        var size = reader.ReadInt32();
        if (size is < 1 or > MaxSlots) throw new InvalidDataException($"a lexicon of 1..{MaxSlots} slots, found {size}");
        var prints = new ushort[size];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(prints.AsSpan()));
        var classes = new byte[size];
        reader.BaseStream.ReadExactly(classes);
        var weights = new byte[size];
        reader.BaseStream.ReadExactly(weights);
        return new Lexicon(prints, classes, weights);
    }
}
