using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A set of words with up to eight class bits and a weight (quarters of log2 of how frequent) each, as fingerprints: a hash of 64
/// bits gives the slot and 16 bits to compare, the
/// words themselves are not kept. About one unknown word in 65,536 probes is taken for a known one.
/// </summary>
internal sealed class Lexicon
{
    private readonly ushort[] _prints;
    private readonly byte[] _classes, _weights;

    private Lexicon(ushort[] prints, byte[] classes, byte[] weights) => (_prints, _classes, _weights) = (prints, classes, weights);

    public static Lexicon Build(IReadOnlyCollection<KeyValuePair<string, (byte Classes, byte Weight)>> words)
    {
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

    /// <summary>The word's class bits, 0 where it is not known.</summary>
    public byte Classes(ReadOnlySpan<char> word) => Find(word).Classes;

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

    public void Write(BinaryWriter writer)
    {
        writer.Write(_prints.Length);
        writer.Write(MemoryMarshal.AsBytes<ushort>(_prints));
        writer.Write(_classes);
        writer.Write(_weights);
    }

    public static Lexicon Read(BinaryReader reader)
    {
        var size = reader.ReadInt32();
        if (size is < 1 or > 1 << 22) throw new InvalidDataException($"a lexicon of 1..{1 << 22} slots, found {size}");
        var prints = new ushort[size];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(prints.AsSpan()));
        var classes = new byte[size];
        reader.BaseStream.ReadExactly(classes);
        var weights = new byte[size];
        reader.BaseStream.ReadExactly(weights);
        return new Lexicon(prints, classes, weights);
    }
}
