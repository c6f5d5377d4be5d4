using System.IO.Compression;
using EdgeAgent.Privacy.Entities.Alphabets;
using EdgeAgent.Privacy.Entities.Chinese;
using EdgeAgent.Privacy.Entities.Crf;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A trained entity model in one file: magic, then, compressed (Brotli, RFC 7932), kind of features, operating point, lexicon and
/// weights. Made by provisioning/entities. Immutable and safe for concurrent use.
/// </summary>
/// <param name="features">How positions and spans are described.</param>
/// <param name="lexicon">Words and names.</param>
/// <param name="weights">Of features and of pairs of labels.</param>
/// <param name="bias">[types] of <see cref="EntityLabels.Types"/>, added to every position: above 0 finds more of a type.</param>
public sealed class EntityModel(IFeatures features, Lexicon lexicon, CrfWeights weights, IReadOnlyList<float> bias)
{
    /// <summary>Names of the files of the models that ship.</summary>
    public const string ChineseFile = "zh.entities", AlphabetFile = "en.entities";

    private const uint Magic = 0x324E4745; // "EGN2"
    private const byte Chinese = 1, Alphabet = 2;

    /// <summary>Positions labelled at once; longer texts are cut, so that time is linear in their length.</summary>
    private const int MaxPositions = 400;

    /// <summary>Digits and marks of a place that has no letters: a postcode.</summary>
    private const int MinPostcode = 4;

    internal Lexicon Lexicon => lexicon;

    /// <summary>The same model at another operating point.</summary>
    /// <param name="at">[types] of <see cref="EntityLabels.Types"/>.</param>
    public EntityModel At(IReadOnlyList<float> at) => new(features, lexicon, weights, at);

    /// <summary>Entities as (start, end, type) in UTF-16 units of the text, end exclusive, in order.</summary>
    public List<(int Start, int End, string Type)> Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<(int Start, int End, string Type)>();
        var positions = features.Positions(text);
        for (var from = 0; from < positions.Count;)
        {
            var count = SentenceLength(text, positions, from);
            var sentence = positions.GetRange(from, count);
            var labels = Label(text, sentence);
            found.AddRange(features.Tidy(text, EntityLabels.Runs(labels)
                .Select(r => (sentence[r.First].Start, sentence[r.Last].Start + sentence[r.Last].Length, r.Type))));
            from += count;
        }
        return found;
    }

    /// <summary>Whether a text can be an entity: a lone mark or small number is none, a postcode is one.</summary>
    internal static bool IsValue(ReadOnlySpan<char> text) => text.ContainsAnyLetter() || text.Length >= MinPostcode;

    private byte[] Label(string text, List<(int Start, int Length)> sentence)
    {
        var (start, end) = (sentence[0].Start, sentence[^1].Start + sentence[^1].Length);
        var local = sentence.ConvertAll(p => (p.Start - start, p.Length));
        var hashes = new uint[sentence.Count * features.Width];
        var labels = new byte[sentence.Count];
        if (features.Fill(text[start..end], local, lexicon, hashes) is { } spans) LabelSegments(hashes, spans, labels);
        else LabelChain(hashes, labels);
        return labels;
    }

    private void LabelChain(uint[] hashes, byte[] labels)
    {
        var emissions = new float[labels.Length * EntityLabels.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            var emission = emissions.AsSpan(i * EntityLabels.Count, EntityLabels.Count);
            weights.Emit(hashes.AsSpan(i * features.Width, features.Width), emission);
            for (var type = 0; type < bias.Count; type++)
            {
                emission[EntityLabels.Begin(type)] += bias[type];
                emission[EntityLabels.Inside(type)] += bias[type];
            }
        }
        LinearChainCrf.Decode(emissions, weights.Transitions, labels);
    }

    private void LabelSegments(uint[] hashes, ISpanFeatures spans, byte[] labels)
    {
        var candidates = new SegmentCandidates(weights, hashes, features.Width, spans, bias);
        var probabilities = new SemiMarkovCrf(candidates.Segments, candidates.Outside, weights.Transitions).Probabilities();
        foreach (var segment in MinimumRiskDecoder.Choose(candidates.Segments, probabilities, labels.Length))
        {
            labels.AsSpan(segment.Start, segment.End - segment.Start).Fill((byte)EntityLabels.Inside(segment.Type));
            labels[segment.Start] = (byte)EntityLabels.Begin(segment.Type);
        }
    }

    /// <summary>How many positions go together: a sentence if it fits.</summary>
    private static int SentenceLength(string text, List<(int Start, int Length)> positions, int from)
    {
        var max = Math.Min(MaxPositions, positions.Count - from);
        for (var i = 0; i < max; i++)
            if (text[positions[from + i].Start] is '。' or '！' or '？') return i + 1;
        if (from + max == positions.Count) return max;
        for (var i = max - 1; i > max / 2; i--)
            if (text[positions[from + i].Start] is '\n' or '.' or ';' or ',' or '，' or '；') return i + 1;
        return max;
    }

    /// <summary>Writes the model's file.</summary>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(BitConverter.GetBytes(Magic));
        using var packed = new BrotliStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        using var writer = new BinaryWriter(packed);
        writer.Write(features is ChineseFeatures ? Chinese : Alphabet);
        foreach (var b in bias) writer.Write(b);
        lexicon.Write(writer);
        weights.Write(writer);
    }

    /// <summary>Reads a model's file.</summary>
    /// <exception cref="InvalidDataException">Not an entity model.</exception>
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
                Chinese => new ChineseFeatures(),
                Alphabet => new AlphabetFeatures(),
                var other => throw new InvalidDataException($"features of kind {Chinese} or {Alphabet}, found {other}")
            };
            float[] bias = [reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle()];
            return new EntityModel(features, Lexicon.Read(reader), CrfWeights.Read(reader), bias);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: expected an entity model; found {e.Message}", e);
        }
    }
}
