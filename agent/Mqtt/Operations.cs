namespace EdgeAgent.Mqtt;

/// <summary>Operations of the commands in the wire contract: <c>cmd/{operation}/{id}</c>.</summary>
internal static class Operations
{
    public const string ModelUpdate = "model-update", LibraryUpdate = "library-update", KeyRotation = "key-rotation",
        AnswersCorrect = "answers-correct",
        AnswersPurge = "answers-purge", Configure = "configure";
}
