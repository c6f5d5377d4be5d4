using System.IO.Compression;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A trained entity model in one file: magic, then, compressed (Brotli, RFC 7932), kind of features, operating point, lexicon and
/// weights. Made by provisioning/entities. Immutable and safe for concurrent use.
/// </summary>
internal sealed class EntityModel(IFeatures features, Lexicon lexicon, Tagger tagger, IReadOnlyList<float> bias)
{
    private const uint Magic = 0x324E4745; // "EGN2"
    private const byte Han = 1, Words = 2;

    /// <summary>Positions tagged at once; longer texts are cut, with time linear in their length.</summary>
    private const int MaxPositions = 400;

    private const int MinPostcode = 4;

    public Lexicon Lexicon => lexicon;

    /// <summary>The same at another operating point: above 0 finds more of a type.</summary>
    /// <param name="at">[types] of <see cref="Tagger.Types"/>.</param>
    public EntityModel At(IReadOnlyList<float> at) => new(features, lexicon, tagger, at);

    /// <summary>Entities as (start, end, type) in the text, in order.</summary>
    public List<(int Start, int End, string Type)> Find(string text)
    {
        var found = new List<(int Start, int End, string Type)>();
        var positions = features.Positions(text);
        for (var from = 0; from < positions.Count;)
        {
            var count = Cut(text, positions, from);
            var part = positions.GetRange(from, count);
            var (start, end) = (part[0].Start, part[^1].Start + part[^1].Length);
            var local = part.ConvertAll(p => (p.Start - start, p.Length));
            var piece = text[start..end];
            var hashes = new uint[count * features.Width];
            var spans = features.Fill(piece, local, lexicon, hashes);
            var labels = new byte[count];
            if (spans is null) tagger.Tag(hashes, features.Width, bias, labels);
            else tagger.Tag(hashes, features.Width, spans, bias, labels);
            var runs = Runs(labels)
                .Select(r => (Start: start + local[r.First].Item1, End: start + local[r.Last].Item1 + local[r.Last].Length, r.Type));
            foreach (var (entity, entityEnd, type) in features is WordFeatures ? Spans.JoinAddresses(text, runs) : runs)
            {
                // a lone mark or small number is no entity; a postcode is
                var value = text.AsSpan(entity, entityEnd - entity);
                if (!value.ContainsAnyLetter() && value.Length < MinPostcode) continue;
                if (features is WordFeatures) found.AddRange(Spans.Tidy(text, entity, entityEnd, Tagger.Types[type]));
                else
                    found.Add((entity, Tagger.Types[type] == EntityTypes.Location ? Spans.HanAddressEnd(text, entityEnd) : entityEnd,
                        Tagger.Types[type]));
            }
            from += count;
        }
        return found;
    }

    /// <summary>Runs of one type: (first, last, type).</summary>
    public static IEnumerable<(int First, int Last, int Type)> Runs(byte[] labels)
    {
        for (var i = 0; i < labels.Length;)
        {
            if (labels[i] == 0)
            {
                i++;
                continue;
            }
            var type = (labels[i] - 1) / 2;
            var end = i + 1;
            while (end < labels.Length && labels[end] == Tagger.Inside(type)) end++;
            yield return (i, end - 1, type);
            i = end;
        }
    }

    /// <summary>How many positions go together: a sentence if it fits.</summary>
    private static int Cut(string text, List<(int Start, int Length)> positions, int from)
    {
        var most = Math.Min(MaxPositions, positions.Count - from);
        for (var i = 0; i < most; i++)
            if (text[positions[from + i].Start] is '。' or '！' or '？') return i + 1;
        if (from + most == positions.Count) return most;
        for (var i = most - 1; i > most / 2; i--)
            if (text[positions[from + i].Start] is '\n' or '.' or ';' or ',' or '，' or '；') return i + 1;
        return most;
    }

    public void Save(Stream stream)
    {
        stream.Write(BitConverter.GetBytes(Magic));
        using var packed = new BrotliStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        using var writer = new BinaryWriter(packed);
        writer.Write(features is HanFeatures ? Han : Words);
        foreach (var b in bias) writer.Write(b);
        lexicon.Write(writer);
        tagger.Write(writer);
    }

    /// <exception cref="InvalidDataException">Not a model of this kind.</exception>
    public static EntityModel Load(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            Span<byte> magic = stackalloc byte[sizeof(uint)];
            file.ReadExactly(magic);
            if (BitConverter.ToUInt32(magic) != Magic) throw new InvalidDataException("another magic");
            using var reader = new BinaryReader(new BrotliStream(file, CompressionMode.Decompress));
            IFeatures features = reader.ReadByte() switch
            {
                Han => new HanFeatures(),
                Words => new WordFeatures(),
                var other => throw new InvalidDataException($"features of kind 1 or 2, found {other}")
            };
            float[] bias = [reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle()];
            return new EntityModel(features, Lexicon.Read(reader), Tagger.Read(reader), bias);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: expected an entity model; found {e.Message}", e);
        }
    }
}
