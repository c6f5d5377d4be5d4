using EdgeAgent.Platform;
using Google.Protobuf;

namespace EdgeAgent.Import.Checkpoints;

/// <summary>Reads the pieces of a SentencePiece .model file: ModelProto field 1, each with piece (1), score (2) and type (3).</summary>
internal static class SentencePieceModel
{
    private const int MaxBytes = 64 << 20;
    private const uint PiecesTag = 1 << 3 | 2, TextTag = 1 << 3 | 2, ScoreTag = 2 << 3 | 5;

    public static List<(string Piece, float Score)> Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new ModelFileException(path, $"at most {MaxBytes} bytes", $"{new FileInfo(path).Length}");
        try
        {
            var pieces = new List<(string, float)>();
            var input = new CodedInputStream(ModelFile.ReadAllBytes(path));
            while (input.ReadTag() is var tag and not 0)
            {
                if (tag == PiecesTag) pieces.Add(ReadPiece(input.ReadBytes()));
                else input.SkipLastField();
            }
            return pieces.Count > 0 ? pieces : throw new ModelFileException(path, "a SentencePiece model", "no pieces");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelFileException(path, "a SentencePiece model", e.Message, e);
        }
    }

    private static (string, float) ReadPiece(ByteString bytes)
    {
        var (text, score) = ("", 0f);
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == TextTag) text = input.ReadString();
            else if (tag == ScoreTag) score = input.ReadFloat();
            else input.SkipLastField();
        }
        return (text, score);
    }
}
