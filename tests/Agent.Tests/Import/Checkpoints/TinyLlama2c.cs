using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;

namespace EdgeAgent.Tests.Import.Checkpoints;

/// <summary>
/// A generated llama2.c checkpoint with random weights and its SentencePiece tokenizer. Sizes follow small trained checkpoints,
/// with a feed-forward width that no quantization block divides. Activations lie near a subspace, as those of trained models do.
/// </summary>
internal static class TinyLlama2c
{
    public const int Vocabulary = 512, Hidden = 64, FeedForward = 172, Layers = 5, Heads = 8, KvHeads = 4, Context = 512;
    public const int Unknown = 0, Bos = 1, Eos = 2, FirstPiece = 3 + 256;
    private const int HeadSize = Hidden / Heads, Directions = 12;

    /// <summary>Pieces by id: control tokens, a piece for every byte, then pieces with falling scores, singles last.</summary>
    public static IReadOnlyList<(string Piece, float Score)> Pieces { get; } = MakePieces();

    /// <summary>Writes model.bin and tok.bin; returns the path of the first.</summary>
    public static string Write(string directory, int seed = 1)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "model.bin");
        File.WriteAllBytes(path, [.. MemoryMarshal.AsBytes<int>(new[] { Hidden, FeedForward, Layers, Heads, KvHeads, Vocabulary,
            Context }), .. MemoryMarshal.AsBytes<float>(Weights(new Random(seed)))]);
        File.WriteAllBytes(Path.Combine(directory, "tok.bin"), TokenizerBin());
        return path;
    }

    /// <summary>The same vocabulary as a SentencePiece .model: ModelProto field 1 by piece, and a field to be skipped.</summary>
    public static byte[] SentencePieceModel()
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            foreach (var (text, score) in Pieces)
            {
                using var message = new MemoryStream();
                using (var piece = new CodedOutputStream(message, leaveOpen: true))
                {
                    piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    piece.WriteString(text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    piece.WriteTag(3, WireFormat.WireType.Varint);
                    piece.WriteInt32(1);
                }
                output.WriteTag(1, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(message.ToArray()));
            }
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFromUtf8("trainer"));
        }
        return stream.ToArray();
    }

    private static byte[] TokenizerBin()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Pieces.Max(p => Encoding.UTF8.GetByteCount(p.Piece)));
        foreach (var (piece, score) in Pieces)
        {
            var bytes = Encoding.UTF8.GetBytes(piece.Replace('▁', ' '));
            writer.Write(score);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
        return stream.ToArray();
    }

    private static List<(string, float)> MakePieces()
    {
        const string vowels = "aeiou", consonants = "bcdfghjklmnpqrstvwxyz";
        var syllables = consonants.SelectMany(c => vowels.Select(v => $"{c}{v}")).ToList();
        string[] closed = ["ab", "ad", "ag", "eb", "ed", "ih", "ob", "uk"]; // "aba" is a + ba or ab + a: the scores decide
        var words = syllables.Select(s => "▁" + s)
            .Concat(Enumerable.Range(0, Vocabulary - FirstPiece - 2 * syllables.Count - closed.Length - 27).Select(i =>
                "▁" + syllables[i * 7 % syllables.Count] + syllables[i * 11 % syllables.Count]));
        List<(string, float)> pieces = [("<unk>", 0), ("<s>", 0), ("</s>", 0)];
        pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f)));
        foreach (var piece in syllables.Concat(closed).Concat(words).Concat((vowels + consonants + "▁").Select(c => c.ToString())))
            pieces.Add((piece, FirstPiece - pieces.Count));
        return pieces;
    }

    private static float[] Weights(Random random)
    {
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        float[] Plain(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(Normal() * scale))];
        float[] Norm(int layers) => [.. Plain(layers * Hidden, 0.2).Select(v => 1 + v)];
        var basis = Plain(Directions * Hidden, 1 / Math.Sqrt(Directions));

        // [count, columns] with rows (or columns) near the span of the basis: what a linear adds to the residual stream
        float[] Spanned(int count, double scale)
        {
            var result = Plain(count * Hidden, 0.1 * scale);
            for (var row = 0; row < count; row++)
                for (var d = 0; d < Directions; d++)
                {
                    var weight = (float)(Normal() * scale);
                    for (var h = 0; h < Hidden; h++) result[row * Hidden + h] += weight * basis[d * Hidden + h];
                }
            return result;
        }

        float[] Outputs(int columns)
        {
            var result = new List<float>();
            for (var layer = 0; layer < Layers; layer++)
            {
                var transposed = Spanned(columns, 1 / Math.Sqrt(columns));
                for (var h = 0; h < Hidden; h++)
                    for (var c = 0; c < columns; c++) result.Add(transposed[c * Hidden + h]);
            }
            return [.. result];
        }

        var linear = 1 / Math.Sqrt(Hidden);
        return
        [
            .. Spanned(Vocabulary, 0.4), .. Norm(Layers),
            .. Plain(Layers * Hidden * Hidden, linear), .. Plain(Layers * KvHeads * HeadSize * Hidden, linear),
            .. Plain(Layers * KvHeads * HeadSize * Hidden, linear), .. Outputs(Hidden), .. Norm(Layers),
            .. Plain(Layers * FeedForward * Hidden, linear), .. Outputs(FeedForward), .. Plain(Layers * FeedForward * Hidden, linear),
            .. Norm(1), .. new float[Context * HeadSize],
        ];
    }
}
